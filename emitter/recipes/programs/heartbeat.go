package main

import ("bytes"; "encoding/json"; "log"; "net/http"; "os"; "time")

func beat(status string) {
	host, _ := os.Hostname()
	body, _ := json.Marshal(map[string]any{"name": "Orion", "version": "3.10.1", "instance": host, "interval": 30, "status": status})
	request, err := http.NewRequest("POST", os.Getenv("HEARTBEAT_URL")+"/api/v1/heartbeats", bytes.NewReader(body))
	if err != nil { log.Print("heartbeat: ", err); return }
	if token := os.Getenv("HEARTBEAT_TOKEN"); token != "" { request.Header.Set("Authorization", "Bearer "+token) }
	response, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil { log.Print("heartbeat: ", err); return }
	response.Body.Close()
}

func main() {
	go func() { for { beat("ok"); time.Sleep(30 * time.Second) } }()
	defer beat("stopping")
	time.Sleep(2 * time.Second) // the program
}
