package wire

// The ports that servers open by default, as New and NewOptions of their options.go
// set them (the API of v1.0.0 to v1.0.7: 5000).
const (
	PortAPI = "5001" // HTTP API
	PortTCP = "5100" // WKProto over plain TCP
	PortWS  = "5200" // WKProto over a plain WebSocket
)

// ManagerUID is the server's own account, unless it is configured. A CONNECT for it
// with a wrong token crashes v2.1.0 to v2.2.5 where a manager token is
// set (eventbus event_queue.go:47 dereferences a nil CONNACK).
const ManagerUID = "____manager"
