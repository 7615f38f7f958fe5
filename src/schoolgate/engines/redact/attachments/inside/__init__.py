"""What runs inside the sandbox: the programs that parse foreign bytes.

Started by `attachments.sandbox` as a package of its own, with nothing of Schoolgate beside it: only the standard
library, Pillow, pypdfium2 and tesserocr. Nothing here is trusted once it has read its input.
"""
