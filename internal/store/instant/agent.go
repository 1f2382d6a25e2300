package instant

import (
	"encoding/json"
	"errors"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/pg"
)

// agentJSON is a step's agent as it is stored. A field that is renamed in the rules must
// keep its name here.
type agentJSON struct {
	Name           string `json:"name"`
	Phone          string `json:"phone"`
	PhoneEncrypted bool   `json:"phone_encrypted,omitempty"`
}

// agentText is empty for no agent.
func agentText(a *delivery.Agent) string {
	if a == nil {
		return ""
	}
	return pg.JSON(agentJSON{pg.Storable(a.Name), pg.Storable(a.Phone), a.PhoneEncrypted})
}

func parseAgent(text string) (*delivery.Agent, error) {
	if text == "" {
		return nil, nil
	}
	var a agentJSON
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return nil, errors.New("the stored agent of a step cannot be read")
	}
	return &delivery.Agent{Name: a.Name, Phone: a.Phone, PhoneEncrypted: a.PhoneEncrypted}, nil
}
