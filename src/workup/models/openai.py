"""Models behind HTTP: any server that speaks the OpenAI chat-completions interface.

vLLM, SGLang, llama.cpp's server, Ollama, and hosts of many kinds: ``load("openai/NAME", base_url=...)`` with, say,
``http://127.0.0.1:8000/v1``. The address has to be given (here or as ``OPENAI_BASE_URL``), so that nothing about a
patient leaves the machine by default.

Keys come from the environment only: from the variable that ``key_env`` names, else from ``OPENAI_API_KEY`` if the
address is OpenAI's own or comes from ``OPENAI_BASE_URL``, else from ``WORKUP_API_KEY``. A key is sent to that address
alone, redirections are not followed, and no error, record or ``repr`` holds it.
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from workup import __version__
from workup.errors import ModelError, UserError
from workup.models.limits import Clock
from workup.models.model import Reply
from workup.models.naming import same_model
from workup.models.request import Request
from workup.models.retry import seconds_of
from workup.models.wire import body_of, echoes_prefix, excerpt, failure_of, reply_of, words_of

if TYPE_CHECKING:
    import httpx

PrefixStyle = Literal["continue", "assistant", "ask"]

MAX_REPLY = 64 * 1024**2
"""Largest answer of a server that is read, in bytes."""

_OPENAI = "api.openai.com"
_CONNECT_SECONDS = 10.0
# Trying again cannot help when the account is empty, though hosts say so with the status of a busy server.
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_PASSING = (408, 409, 425, 429)


class OpenAIBackend:
    """One model of one server; holds the connections to it."""

    many = True
    concurrency = 16

    def __init__(
        self,
        model: str,
        *,
        base_url: str,
        key: str = "",
        prefix: PrefixStyle = "continue",
        echo: bool | None = None,
        aliases: Sequence[str] = (),
        body: dict[str, Any] | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = time.monotonic,
        max_reply: int = MAX_REPLY,
    ) -> None:
        """Prepare the connection; nothing is sent yet. See :func:`load_openai` for the arguments.

        Args:
            model: Name of the model at the server.
            base_url: Address up to before ``/chat/completions``.
            key: The key, or "".
            prefix: How a reply is made to continue a prefix.
            echo: Whether the server repeats the prefix.
            aliases: Other names of the model.
            body: What to add to requests.
            transport: Stands in for the network in tests.
            clock: Seconds that only go up.
            max_reply: Largest answer read, in bytes.

        Raises:
            UserError: The address is none, or holds a password.
        """
        import httpx

        self._url, self.host = _address(base_url)
        self.name = f"openai/{model}"
        self.model = model
        self._key = key
        self._prefix = prefix
        self._echo = echo
        self._aliases = (aliases,) if isinstance(aliases, str) else tuple(aliases)
        self._body = body or {}
        self._clock = clock
        self._max_reply = max_reply
        self.identity = f"{self.name} {self._url} {prefix} {msgspec.json.encode(self._body, order='sorted').decode()}"
        headers = {"User-Agent": f"workup/{__version__}"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._client = httpx.Client(
            headers=headers,
            transport=transport,
            # A proxy has no business between this machine and itself.
            trust_env=bool(self.host),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=self.concurrency),
        )

    def __repr__(self) -> str:
        return f"<{self.name} at {self._url}>"

    def complete(self, request: Request, timeout: float) -> Reply:
        """Ask once.

        Raises:
            ModelError: No usable answer, or one of another model than the one named.
        """
        status, content = self._post(self._said(request), timeout)
        if status == 400:
            # Some servers (llama.cpp) refuse n > 1. From now on the replies are drawn one by one.
            first = self.complete(msgspec.structs.replace(request, n=1), timeout)
            self.many = False
            return first
        reply = reply_of(content, self.name)
        if reply.served and not same_model(self.model, reply.served, self._aliases):
            raise ModelError(
                f"the server answered with the model {excerpt(reply.served)!r}; if that is the one you mean, "
                "name it so or give aliases=[...]"
            )
        if request.prefix:
            reply = self._without(request.prefix, reply, content)
        return reply

    def _said(self, request: Request) -> dict[str, Any]:
        body = body_of(request, self.model)
        if request.prefix:
            if self._prefix == "ask":
                body["messages"].append(
                    {"role": "user", "content": f"Begin your reply with exactly this: {request.prefix}"}
                )
            else:
                body["messages"].append({"role": "assistant", "content": request.prefix})
            if self._prefix == "continue":
                body["continue_final_message"] = True
                body["add_generation_prompt"] = False
        if self.host == _OPENAI:
            # Its newer models refuse the old name, and all take the new one.
            body["max_completion_tokens"] = body.pop("max_tokens")
        body |= self._body
        return {key: value for key, value in body.items() if value is not None}

    def _without(self, prefix: str, reply: Reply, content: bytes) -> Reply:
        """Take the prefix off where the server repeats it."""
        echo = self._echo
        if echo is None:
            echo = self._prefix == "ask" or echoes_prefix(content)
        if not echo:
            return reply
        generations = tuple(
            msgspec.structs.replace(generation, text=generation.text.removeprefix(prefix))
            for generation in reply.generations
        )
        return msgspec.structs.replace(reply, generations=generations)

    def _post(self, body: dict[str, Any], timeout: float) -> tuple[int, bytes]:
        """Send, and return status (200, or 400) and content; every other fault is a ModelError."""
        import httpx

        deadline = self._clock() + timeout
        try:
            payload = msgspec.json.encode(body)
            limits = httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS))
            headers = {"Content-Type": "application/json"}
            with self._client.stream(
                "POST", f"{self._url}/chat/completions", content=payload, headers=headers, timeout=limits
            ) as response:
                parts: list[bytes] = []
                size = 0
                for part in response.iter_bytes():
                    size += len(part)
                    if size > self._max_reply:
                        raise ModelError(f"the server's answer is larger than {self._max_reply} bytes")
                    # A server that sends a byte now and then never runs into the client's own limit.
                    if self._clock() > deadline:
                        raise ModelError(f"no complete answer within {timeout:g} s", retryable=True)
                    parts.append(part)
                content = b"".join(parts)
                status = response.status_code
                after = response.headers.get("Retry-After")
        except httpx.ConnectTimeout as error:
            raise ModelError(f"no connection to {self._url} in time", retryable=True) from error
        except httpx.TimeoutException as error:
            raise ModelError(f"no complete answer within {timeout:g} s", retryable=True) from error
        except httpx.ConnectError as error:
            raise ModelError(
                f"no connection to {self._url} ({excerpt(str(error))}); is the server running?", retryable=True
            ) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ModelError(f"the connection broke: {excerpt(str(error))}", retryable=True) from error
        return self._judge(status, content, after, bool(body.get("n", 1) > 1))

    def _judge(self, status: int, content: bytes, after: str | None, several: bool) -> tuple[int, bytes]:
        """Turn a status that is not success, or an error sent as success, into a ModelError."""
        failure = failure_of(content)
        if 200 <= status < 300 and failure is None:
            return 200, content
        if status == 400 and several:
            return 400, content
        said, code = failure or (words_of(content), "")
        said = self._redacted(said)
        if 200 <= status < 300:
            # Some gateways send the upstream's error with status 200 and put its status into the body.
            status = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else 200
        told = f"{status}{f': {said}' if said else ''}"
        wait = seconds_of(after, time.time())
        if code in _NO_CREDIT:
            raise ModelError(f"the account has no credit left ({told})")
        if status in _PASSING or 500 <= status < 600:
            kind = "too many requests" if status == 429 else "the server failed"
            raise ModelError(f"{kind} ({told})", retryable=True, retry_after=wait)
        if status in (401, 403):
            has = "the key was refused" if self._key else "it wants a key and none was found in the environment"
            raise ModelError(f"{has} ({told})")
        if status == 404:
            raise ModelError(f"no such model or address ({told}); check the name {self.model!r} and {self._url}")
        if 300 <= status < 400:
            raise ModelError(f"the server points elsewhere ({told}), which is not followed; give that base_url")
        raise ModelError(f"the request was refused ({told})")

    def _redacted(self, text: str) -> str:
        """Servers may quote the key that they refuse."""
        return text.replace(self._key, "[key]") if self._key else text

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def load_openai(
    model: str,
    *,
    base_url: str | None = None,
    key_env: str | None = None,
    prefix: PrefixStyle | None = None,
    echo: bool | None = None,
    aliases: Sequence[str] = (),
    body: dict[str, Any] | None = None,
) -> OpenAIBackend:
    """A model of an OpenAI-compatible server.

    Args:
        model: Its name at the server.
        base_url: Address up to before ``/chat/completions``, e.g. ``http://127.0.0.1:8000/v1``; else from the
            environment variable ``OPENAI_BASE_URL``.
        key_env: Environment variable that holds the key.
        prefix: How a reply is made to continue a prefix. ``continue`` sends it as the assistant's unfinished message,
            with the fields that vLLM and SGLang want and llama.cpp ignores; ``assistant`` sends the message alone;
            ``ask`` asks for it in words, which a model may or may not follow. By default ``ask`` at OpenAI, which
            offers nothing better, else ``continue``.
        echo: Whether the server repeats the prefix in its reply; by default told by the server's kind.
        aliases: Names besides ``model`` under which the server may answer, see :mod:`workup.models.naming`.
        body: Fields to add to each request, e.g. ``{"reasoning_effort": "low"}``; None as a value takes a field out.

    Raises:
        UserError: No address, or a variable that is not set.
    """
    if not model:
        raise UserError("name the model: openai/NAME")
    from_environment = os.environ.get("OPENAI_BASE_URL")
    address = base_url or from_environment
    if not address:
        raise UserError(
            f"openai/{model} needs the address of a server as base_url (or OPENAI_BASE_URL): "
            "'http://127.0.0.1:8000/v1', say, or 'https://api.openai.com/v1' for OpenAI's own"
        )
    if prefix is not None and prefix not in get_args(PrefixStyle):
        raise UserError(f"prefix is {prefix!r}; choose one of {', '.join(get_args(PrefixStyle))}")
    host = _address(address)[1]
    if key_env:
        if not os.environ.get(key_env):
            raise UserError(f"the environment variable {key_env} is not set")
        key = os.environ[key_env]
    elif host == _OPENAI or not base_url:
        key = os.environ.get("OPENAI_API_KEY", "")
    else:
        key = os.environ.get("WORKUP_API_KEY", "")
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise UserError("the key in the environment holds characters that no key has; set it again")
    return OpenAIBackend(
        model,
        base_url=address,
        key=key,
        prefix=prefix or ("ask" if host == _OPENAI else "continue"),
        echo=echo,
        aliases=aliases,
        body=body,
    )


def _address(base_url: str) -> tuple[str, str]:
    """The address without a slash at its end, and the host that charges for it ("" for this machine)."""
    import httpx

    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, TypeError) as error:
        raise UserError(f"base_url is no address ({error}); write e.g. http://127.0.0.1:8000/v1") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise UserError("base_url must begin with http:// or https:// and name a host, e.g. http://127.0.0.1:8000/v1")
    if url.userinfo or url.query:
        raise UserError("base_url may hold no password and no '?...'; put the key into the environment, see key_env")
    host = url.host
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
    return str(url).rstrip("/"), "" if local else host
