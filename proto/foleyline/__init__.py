"""The contract: messages and stubs (`foleyline.v1`), what identifies a job, and errors a user can act on."""

version = "0.1.0"
