//! A control as a page of Markdown: what `plumbline controls show` prints and the catalogue is made of.
