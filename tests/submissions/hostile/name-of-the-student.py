"""A right notebook of a student whose folder has letters, spaces and signs of every kind in its name.

The name goes into paths, patterns, SQL, the terminal and pages.
"""

STUDENT = "Ёлка Ünïcode 学生 'O\"Neil; DROP TABLE grade -- <img src=x onerror=alert(1)> 🎲"
PAYLOAD = "<img src=x onerror=alert(1)>"
