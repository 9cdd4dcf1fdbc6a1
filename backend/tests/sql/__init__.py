"""The SQL functions, called directly: one module per file, one class per function."""
