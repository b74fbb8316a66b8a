"""Value-Spectrum: which values a vision-language model accepts in short video, measured with intervals."""

__version__ = "0.1.0"
