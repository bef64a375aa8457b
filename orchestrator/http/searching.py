"""What the routes of searches take from the app."""

from typing import Annotated

from fastapi import Depends

from orchestrator.http.dependencies import DeadlineDep, ServicesDep
from orchestrator.search.query import Asking
from orchestrator.search.search import Search


def get_asking(services: ServicesDep, deadline: DeadlineDep) -> Asking:
    """Makes queries within the request's deadline."""
    return Asking(services.store, services.extractor, services.fingerprints, deadline)


AskingDep = Annotated[Asking, Depends(get_asking)]


def get_search(services: ServicesDep) -> Search:
    """Searches the store."""
    return Search(services.store)


SearchDep = Annotated[Search, Depends(get_search)]
