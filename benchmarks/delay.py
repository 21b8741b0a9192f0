# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that lets every answer come late, as from a host that is far away.

Prints the port that it listens on; what it takes in is handed on in order, and answers that come
together are late together.

    python -m benchmarks.delay 5432 --milliseconds 20
"""

import argparse
import asyncio

HOST = "127.0.0.1"
CHUNK = 262144
END = b""


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on at once what comes, and its end."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    writer.close()


async def forward_late(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    """Hand on what comes, and its end, so many seconds after it came."""
    clock = asyncio.get_running_loop().time
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def hand_on() -> None:
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(due - clock())
            if data == END:
                return writer.close()
            writer.write(data)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        group.create_task(hand_on())
        while data := await reader.read(CHUNK):
            waiting.put_nowait((clock() + seconds, data))
        waiting.put_nowait((clock() + seconds, END))


async def serve(port: int, seconds: float) -> None:
    """Take connections and join each to one of the server's."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(HOST, port)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(forward(reader, requests))
                group.create_task(forward_late(answers, writer, seconds))
        except* ConnectionError:
            requests.close()
            writer.close()

    server = await asyncio.start_server(join, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("port", type=int, help="of the server")
    parser.add_argument("--milliseconds", type=float, default=20.0)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.milliseconds / 1000))


if __name__ == "__main__":
    main()
