"""Figures beside floors: the product and an ordinary Flask app under the same load, in the same run."""
