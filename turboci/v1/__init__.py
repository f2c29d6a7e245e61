"""Generated from `proto/turboci/v1`; never edited by hand. Only `turboci.wire` and the gRPC edges import it."""
