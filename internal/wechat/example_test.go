package wechat_test

import (
	"fmt"
	"time"

	"carrierhook/internal/wechat"
)

// A push in WeChat's plain mode, from the query and the body to the reply.
func ExampleReceiver_Open() {
	receiver, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: "gh_abcdefg",
		Mode:     wechat.Plain,
		Tokens:   []string{"AAAAA"},
		Window:   10 * time.Minute,
		Now:      func() time.Time { return time.Unix(1714037060, 0) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	query := "signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656"
	body := `{"ToUserName":"gh_abcdefg","FromUserName":"oABCD","CreateTime":1714037059,"MsgType":"event",` +
		`"Event":"cancel_waybill","BizID":"xyz","BizPwd":"xyz123","OrderID":"01","WayBillID":"123456789"}`

	push, err := receiver.Open(wechat.QueryFrom(query), []byte(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := push.CancelWaybill()
	if err != nil {
		fmt.Println(err)
		return
	}
	reply, err := push.Seal(message.Reply(0, "success").Encode(push.Format))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(push.Format, push.Mode, push.Skew, push.EventName(), message.BizPwd)
	fmt.Printf("%s\n", reply)
	// Output:
	// json plain 1s cancel_waybill [redacted]
	// {"ToUserName":"oABCD","FromUserName":"gh_abcdefg","CreateTime":1714037059,"MsgType":"event","Event":"cancel_waybill","BizID":"xyz","OrderID":"01","WayBillID":"123456789","ResultCode":0,"ResultMsg":"success"}
}
