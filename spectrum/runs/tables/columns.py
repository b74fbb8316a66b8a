"""Types of columns, short enough that a schema reads as a list."""

import pyarrow as pa

STR = pa.string()
FLOAT = pa.float64()
INT = pa.int64()
STRS = pa.list_(pa.string())
FLOATS = pa.list_(pa.float64())
