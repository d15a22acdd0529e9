"""Which records of the MIT-BIH Arrhythmia Database are learnt from, which are judged by, and what their beats are."""

from __future__ import annotations

# De Chazal, O'Dwyer & Reilly, "Automatic classification of heartbeats using ECG morphology and heartbeat interval
# features", IEEE Trans. Biomed. Eng. 51(7), 2004, table III: DS1 for training, DS2 for testing. The records of paced
# patients, 102, 104, 107 and 217, are in neither, as ANSI/AAMI EC57 recommends.
DS1 = (
    *(101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122),
    *(124, 201, 203, 205, 207, 208, 209, 215, 220, 223, 230),
)
DS2 = (
    *(100, 103, 105, 111, 113, 117, 121, 123, 200, 202, 210),
    *(212, 213, 214, 219, 221, 222, 228, 231, 232, 233, 234),
)

SAME_SUBJECT_AS_A_TEST_RECORD = (201,)
"""201 and 202 are of one man, the only two records that share a subject (the database's own documentation); DS1 has the
one and DS2 the other. DS2 is kept whole, so that it is the published test set."""

RECORDS = {"train": tuple(r for r in DS1 if r not in SAME_SUBJECT_AS_A_TEST_RECORD), "test": DS2}

SYMBOLS = ("NLRej", "AaJS", "VE", "F")
"""PhysioNet's annotation symbols of each class, by ANSI/AAMI EC57: N, S, V, F. Its fifth class, Q (`/`, `f`, `Q`), has
15 beats without the paced records and is left out, as is usual."""

CLASSES = ("normal (N)", "supraventricular (S)", "ventricular (V)", "fusion (F)")
