"""Make the nets that ocrkit ships: synthetic and real windows, training, lab notebook, export (extra ``train``)."""
