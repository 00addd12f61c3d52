"""The items of an output: movies or micrographs."""

from typing import Any, Dict

from pwem.objects import Micrograph, Movie, SetOfMicrographs, SetOfMovies

from ..images import MovieHeader, read_header, read_micrograph_header
from .set_file import SetFile, SetKind
from .set_shape import Shape


class Movies:
    """Stacks of frames."""

    noun = "movie"
    kind = SetKind(SetOfMovies, "_micName")

    def read(self, path: str) -> MovieHeader:
        """Read an image's header; NotAMovie where it is not for the set."""
        return read_header(path)

    def make(self, path: str, name: str, header: MovieHeader) -> Any:
        """Return the item of an image, by the path of its file and its name in the set."""
        movie = Movie(location=path)
        movie.setMicName(name)
        movie.setFramesRange([1, header.frames, 1])
        return movie

    def describe(self, movies: Any, header: MovieHeader) -> None:
        """Give a set the dimensions and frames that most of its images have."""
        movies.setDim(header.dimensions)
        # Dimensions that are set by hand leave the frame range at [1, 0, 1].
        movies.setFramesRange([1, header.frames, 1])

    def frames(self, movies: Any) -> int:
        """Return the number of frames that a set says of its images."""
        return int(movies.getFramesRange().getLastFrame())

    def shapes(self, file: SetFile, of_set: Shape) -> Dict[str, Shape]:
        """Return the shape of each image that is in a set, by its name."""
        known = file.columns("_micName", "_framesRange")
        return {
            name: of_set._replace(frames=int(str(frames).split(",")[1]))
            for name, frames in zip(known["_micName"], known["_framesRange"])
        }


class Micrographs:
    """Single images."""

    noun = "micrograph"
    kind = SetKind(SetOfMicrographs, "_micName")

    def read(self, path: str) -> MovieHeader:
        """Read an image's header; NotAMovie where it is not for the set."""
        return read_micrograph_header(path)

    def make(self, path: str, name: str, header: MovieHeader) -> Any:
        """Return the item of an image, by the path of its file and its name in the set."""
        micrograph = Micrograph(location=path)
        micrograph.setMicName(name)
        return micrograph

    def describe(self, micrographs: Any, header: MovieHeader) -> None:
        """Give a set the dimensions that most of its images have."""
        micrographs.setDim(header.dimensions)

    def frames(self, micrographs: Any) -> int:
        """Return the number of frames that a set says of its images."""
        return 1

    def shapes(self, file: SetFile, of_set: Shape) -> Dict[str, Shape]:
        """Return the shape of each image that is in a set, by its name."""
        return dict.fromkeys(file.keys(), of_set)
