"""A Qdrant of loopback gRPC: real messages on a real socket, `qdrant-client`'s engine behind.

It can fail, hang and go away as a server does.
"""
# ruff: noqa: N802 -- the methods bear the names of the service's calls.

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.conversions.conversion import GrpcToRest, RestToGrpc
from qdrant_client.grpc import (
    CollectionExists,
    CollectionExistsResponse,
    CollectionOperationResponse,
    CountResponse,
    CountResult,
    GetCollectionInfoResponse,
    GetResponse,
    HealthCheckReply,
    PayloadSchemaInfo,
    PayloadSchemaType,
    PointsOperationResponse,
    QueryResponse,
    ScrollResponse,
    UpdateStatus,
)
from qdrant_client.grpc.collections_service_pb2_grpc import (
    CollectionsServicer,
    add_CollectionsServicer_to_server,
)
from qdrant_client.grpc.points_service_pb2_grpc import PointsServicer, add_PointsServicer_to_server
from qdrant_client.grpc.qdrant_pb2_grpc import QdrantServicer, add_QdrantServicer_to_server

from orchestrator.store.served.parameters import QdrantParameters


class Faults:
    """What goes wrong next: `errors` are answered in turn, while `flows` is not set a call hangs.

    `calls` are the names of those that came; `came` tells of the next.
    """

    def __init__(self) -> None:
        self.errors: list[grpc.StatusCode] = []
        self.flows = asyncio.Event()
        self.flows.set()
        self.came = asyncio.Event()
        self.write_status: UpdateStatus.ValueType = UpdateStatus.Completed
        self.calls: list[str] = []


class _Points(PointsServicer):
    def __init__(self, engine: AsyncQdrantClient, faults: Faults) -> None:
        self.engine = engine
        self.faults = faults
        self.indexes: dict[str, dict[str, Any]] = {}

    def written(self, result: models.UpdateResult) -> PointsOperationResponse:
        made = RestToGrpc.convert_update_result(result)
        made.status = self.faults.write_status
        return PointsOperationResponse(result=made)

    async def Upsert(self, request: Any, context: Any) -> PointsOperationResponse:
        points = [GrpcToRest.convert_point_struct(point) for point in request.points]
        mode = GrpcToRest.convert_update_mode(request.update_mode)
        return self.written(
            await self.engine.upsert(request.collection_name, points, update_mode=mode)
        )

    async def Delete(self, request: Any, context: Any) -> PointsOperationResponse:
        selector = GrpcToRest.convert_points_selector(request.points)
        return self.written(await self.engine.delete(request.collection_name, selector))

    async def UpdateVectors(self, request: Any, context: Any) -> PointsOperationResponse:
        points = [GrpcToRest.convert_point_vectors(point) for point in request.points]
        return self.written(await self.engine.update_vectors(request.collection_name, points))

    async def DeleteVectors(self, request: Any, context: Any) -> PointsOperationResponse:
        selector = GrpcToRest.convert_points_selector(request.points_selector)
        names = list(request.vectors.names)
        return self.written(
            await self.engine.delete_vectors(request.collection_name, names, selector)
        )

    async def SetPayload(self, request: Any, context: Any) -> PointsOperationResponse:
        selector = GrpcToRest.convert_points_selector(request.points_selector)
        payload = GrpcToRest.convert_payload(request.payload)
        return self.written(
            await self.engine.set_payload(request.collection_name, payload, selector)
        )

    async def CreateFieldIndex(self, request: Any, context: Any) -> PointsOperationResponse:
        kinds = self.indexes.setdefault(request.collection_name, {})
        kinds[request.field_name] = request
        return self.written(
            models.UpdateResult(operation_id=0, status=models.UpdateStatus.COMPLETED)
        )

    async def CreateVectorName(self, request: Any, context: Any) -> PointsOperationResponse:
        config = models.DenseVectorConfig(
            size=request.dense_config.size, distance=models.Distance.COSINE
        )
        return self.written(
            await self.engine.create_vector_name(
                request.collection_name,
                request.vector_name,
                models.DenseVectorNameConfig(dense=config),
            )
        )

    async def DeleteVectorName(self, request: Any, context: Any) -> PointsOperationResponse:
        return self.written(
            await self.engine.delete_vector_name(request.collection_name, request.vector_name)
        )

    async def Get(self, request: Any, context: Any) -> GetResponse:
        found = await self.engine.retrieve(
            request.collection_name,
            [GrpcToRest.convert_point_id(key) for key in request.ids],
            with_payload=GrpcToRest.convert_with_payload_interface(request.with_payload),
            with_vectors=GrpcToRest.convert_with_vectors_selector(request.with_vectors),
        )
        return GetResponse(result=list(map(RestToGrpc.convert_record, found)))

    async def Scroll(self, request: Any, context: Any) -> ScrollResponse:
        by = request.HasField("order_by")
        found, after = await self.engine.scroll(
            request.collection_name,
            GrpcToRest.convert_filter(request.filter) if request.HasField("filter") else None,
            limit=request.limit,
            order_by=GrpcToRest.convert_order_by(request.order_by) if by else None,
            offset=GrpcToRest.convert_point_id(request.offset)
            if request.HasField("offset")
            else None,
            with_payload=GrpcToRest.convert_with_payload_interface(request.with_payload),
            with_vectors=GrpcToRest.convert_with_vectors_selector(request.with_vectors),
        )
        return ScrollResponse(
            result=list(map(RestToGrpc.convert_record, found)),
            next_page_offset=None if after is None else _point_id(after),
        )

    async def Query(self, request: Any, context: Any) -> QueryResponse:
        found = await self.engine.query_points(
            request.collection_name,
            query=GrpcToRest.convert_query(request.query),
            using=request.using or None,
            query_filter=GrpcToRest.convert_filter(request.filter)
            if request.HasField("filter")
            else None,
            limit=request.limit,
            with_payload=GrpcToRest.convert_with_payload_interface(request.with_payload),
        )
        return QueryResponse(result=list(map(RestToGrpc.convert_scored_point, found.points)))

    async def Count(self, request: Any, context: Any) -> CountResponse:
        counted = await self.engine.count(
            request.collection_name,
            GrpcToRest.convert_filter(request.filter) if request.HasField("filter") else None,
        )
        return CountResponse(result=CountResult(count=counted.count))


def _point_id(point_id: Any) -> Any:
    return RestToGrpc.convert_extended_point_id(point_id)


class _Collections(CollectionsServicer):
    def __init__(self, points: _Points) -> None:
        self.points = points
        self.made: list[Any] = []

    async def CollectionExists(self, request: Any, context: Any) -> CollectionExistsResponse:
        exists = await self.points.engine.collection_exists(request.collection_name)
        return CollectionExistsResponse(result=CollectionExists(exists=exists))

    async def Get(self, request: Any, context: Any) -> GetCollectionInfoResponse:
        info = await self.points.engine.get_collection(request.collection_name)
        answer = RestToGrpc.convert_collection_info(info)
        for field in self.points.indexes.get(request.collection_name, {}):
            kind = PayloadSchemaInfo(data_type=PayloadSchemaType.Keyword)
            answer.payload_schema[field].CopyFrom(kind)
        return GetCollectionInfoResponse(result=answer)

    async def Create(self, request: Any, context: Any) -> CollectionOperationResponse:
        self.made.append(request)
        vectors: Any = {}
        if request.vectors_config.WhichOneof("config"):
            vectors = GrpcToRest.convert_vectors_config(request.vectors_config)
        made = await self.points.engine.create_collection(
            request.collection_name,
            vectors,
            metadata=GrpcToRest.convert_payload(request.metadata),
        )
        return CollectionOperationResponse(result=made)

    async def Update(self, request: Any, context: Any) -> CollectionOperationResponse:
        made = await self.points.engine.update_collection(
            request.collection_name, metadata=GrpcToRest.convert_payload(request.metadata)
        )
        return CollectionOperationResponse(result=made)


class _Qdrant(QdrantServicer):
    version = "1.20.0"

    async def HealthCheck(self, request: Any, context: Any) -> HealthCheckReply:
        return HealthCheckReply(title="loopback", version=self.version)


class _Failing(grpc.aio.ServerInterceptor):
    """Faults before the call, and the engine's own errors as a server's."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], details: Any
    ) -> Any:
        handler = await continuation(details)
        faults = self._faults

        async def answer(request: Any, context: Any) -> Any:
            faults.calls.append(details.method.rpartition("/")[2])
            faults.came.set()
            await faults.flows.wait()
            if faults.errors:
                await context.abort(faults.errors.pop(0), "as the test says")
            try:
                return await handler.unary_unary(request, context)
            except KeyError as exc:
                await context.abort(grpc.StatusCode.NOT_FOUND, f"No point with id {exc}")
            except ValueError as exc:
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(exc))

        return grpc.unary_unary_rpc_method_handler(
            answer, handler.request_deserializer, handler.response_serializer
        )


class LoopbackQdrant:
    """`engine` holds what was written. `made`: requests for collections. `indexes`: those for
    indexes, by collection and field.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.engine = AsyncQdrantClient(":memory:")
        self._points = _Points(self.engine, self.faults)
        self._collections = _Collections(self._points)
        self._qdrant = _Qdrant()
        self.port = 0
        self._server: Any = None

    @property
    def made(self) -> list[Any]:
        return self._collections.made

    @property
    def indexes(self) -> dict[str, dict[str, Any]]:
        return self._points.indexes

    @property
    def url(self) -> str:
        """Nothing listens there but gRPC, on `parameters`' port."""
        return "http://127.0.0.1:1"

    def become(self, version: str) -> None:
        """Say to be of another version."""
        self._qdrant.version = version

    def parameters(self, **others: Any) -> QdrantParameters:
        """How to reach it."""
        return QdrantParameters(grpc_port=self.port, **others)

    async def start(self) -> None:
        """Listen; on the port it had, after a `stop`."""
        self._server = grpc.aio.server(interceptors=[_Failing(self.faults)])
        add_PointsServicer_to_server(self._points, self._server)
        add_CollectionsServicer_to_server(self._collections, self._server)
        add_QdrantServicer_to_server(self._qdrant, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self._server.start()

    async def stop(self) -> None:
        """Close all connections, at once."""
        await self._server.stop(grace=None)


@asynccontextmanager
async def loopback_qdrant() -> AsyncIterator[LoopbackQdrant]:
    """A running one."""
    server = LoopbackQdrant()
    await server.start()
    try:
        yield server
    finally:
        server.faults.flows.set()
        await server.stop()
