import atexit, json, os, socket, threading, urllib.request

def beat(status="ok"):
    body = {"name": "Orion", "version": "3.10.1", "instance": socket.gethostname(), "interval": 30, "status": status}
    headers = {"Authorization": "Bearer " + os.environ["HEARTBEAT_TOKEN"]} if "HEARTBEAT_TOKEN" in os.environ else {}
    request = urllib.request.Request(os.environ["HEARTBEAT_URL"] + "/api/v1/heartbeats", json.dumps(body).encode(), headers)
    try:
        urllib.request.urlopen(request, timeout=5).close()
    except OSError as error:
        print("heartbeat:", error)

def beats(ended=threading.Event()):
    beat()
    while not ended.wait(30):
        beat()

threading.Thread(target=beats, daemon=True).start()
atexit.register(beat, "stopping")

if __name__ == "__main__":
    threading.Event().wait(2)  # the program
