"""A small PDF writer for documents made by the thousand: text, rules and boxes, one file each.

ReportLab reads and subsets the fonts (`fonts.py`, the only module that knows it). The file around them is written
here, because ReportLab builds a font subset again for each document, and that is most of the cost of a one-page
file. Here the common French characters form one subset, compressed once per process and placed at the head of
every file, so that a document costs no more than its own text.
"""
