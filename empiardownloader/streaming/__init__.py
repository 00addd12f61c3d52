"""An open Scipion set that is fed while files arrive."""
