"""What Telegram, or something on the way to it, may answer with a 200 that says nothing."""

ALL = {
    "nothing": b"",
    "a page": "<html>网关错误</html>".encode(),
    "half an answer": b'{"ok":true,"result":{"message_id":',
    "a refusal": b'{"ok":false,"error_code":400,"description":"Bad Request"}',
    "no message": b'{"ok":true,"result":true}',
    "no number": b'{"ok":true,"result":{"message_id":"?"}}',
    "a list": b"[]",
}
