"""The table of every list: own sort and filter, copy with headers, export, remembered columns."""
