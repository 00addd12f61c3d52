"""The items of an output: movies or micrographs."""

from typing import Any, Dict

from pwem.objects import Micrograph, Movie, SetOfMicrographs, SetOfMovies

from ..images.header import MovieHeader, read_header, read_micrograph_header
from .set_file import SetFile, SetKind
from .set_shape import Shape


class Micrographs:
    """Single images."""

    noun = "micrograph"
    kind = SetKind(SetOfMicrographs, "_micName")
    item_class = Micrograph
    #: Reads an image's header; NotAMovie where it is not for the set.
    read = staticmethod(read_micrograph_header)

    def make(self, path: str, name: str, header: MovieHeader) -> Any:
        """Return the item of an image, by the path of its file and its name in the set."""
        image = self.item_class(location=path)
        image.setMicName(name)
        return image

    def describe(self, images: Any, header: MovieHeader) -> None:
        """Give a set the dimensions, and the frames, that most of its images have."""
        images.setDim(header.dimensions)

    def frames(self, images: Any) -> int:
        """Return the number of frames that a set says of its images."""
        return 1

    def shapes(self, file: SetFile, of_set: Shape) -> Dict[str, Shape]:
        """Return the shape of each image that is in a set, by its name."""
        return dict.fromkeys(file.keys(), of_set)


class Movies(Micrographs):
    """Stacks of frames; to pwem, too, a movie is a micrograph with frames."""

    noun = "movie"
    kind = SetKind(SetOfMovies, "_micName")
    item_class = Movie
    read = staticmethod(read_header)

    def make(self, path: str, name: str, header: MovieHeader) -> Any:
        movie = super().make(path, name, header)
        movie.setFramesRange([1, header.frames, 1])
        return movie

    def describe(self, movies: Any, header: MovieHeader) -> None:
        super().describe(movies, header)
        # Dimensions that are set by hand leave the frame range at [1, 0, 1].
        movies.setFramesRange([1, header.frames, 1])

    def frames(self, movies: Any) -> int:
        return int(movies.getFramesRange().getLastFrame())

    def shapes(self, file: SetFile, of_set: Shape) -> Dict[str, Shape]:
        known = file.columns("_micName", "_framesRange")
        return {
            name: of_set._replace(frames=int(str(frames).split(",")[1]))
            for name, frames in zip(known["_micName"], known["_framesRange"])
        }
