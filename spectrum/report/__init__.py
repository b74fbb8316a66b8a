"""What a run says, on a terminal and as one HTML file: read from the run folder and nothing else."""
