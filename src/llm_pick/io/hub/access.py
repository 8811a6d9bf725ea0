"""Where the hub is and with which token: what huggingface_hub's variables and files say."""

from __future__ import annotations

from llm_pick.core.errors import NetworkError
from llm_pick.io.hub.transport import is_safe


def hub_access(purpose: str) -> tuple[str, dict[str, str], bool]:
    """(endpoint, headers of a request, whether there is a token); the token goes to HTTPS or this machine only.

    Raises ``NetworkError`` where the hub must not be asked, or where its address is none; ``purpose`` says what for.
    """
    try:
        from huggingface_hub import constants, get_token

        if constants.is_offline_mode():
            raise NetworkError("HF_HUB_OFFLINE is set", f"unset it {purpose}")
        endpoint, token = constants.ENDPOINT, get_token()
    except ValueError as error:
        raise NetworkError("HF_ENDPOINT is no address", "e.g. https://huggingface.co, or unset it") from error
    return endpoint, {"Authorization": f"Bearer {token}"} if token and is_safe(endpoint) else {}, bool(token)
