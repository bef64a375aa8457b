"""Reading text in pictures: what stands behind the `ocr` model, without Triton."""
