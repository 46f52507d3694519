"""A4 documents made by the thousand, one file each, drawn by ReportLab.

A page is recorded first (`page.py`, `flow.py`), since « Page 1/3 » is known only at the end, then drawn on a canvas
(`document.py`). `fonts.py` keeps ReportLab from cutting the same subset of the same font for every file, which is
the greater part of the cost of a one-page file.
"""
