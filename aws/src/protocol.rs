//! The five wire protocols: documents to requests, responses to documents. Pure functions of bytes and descriptors.
