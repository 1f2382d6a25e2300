package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"carrierhook/internal/wechat"
)

// PushCancel pushes a cancel_waybill and judges the answer. The error is
// Push's, or what is wrong with the reply.
func (p *Platform) PushCancel(ctx context.Context, m wechat.CancelWaybill, fault Fault) (wechat.CancelReply, PushResult, error) {
	return judged(ctx, p, wechat.EventCancelWaybill, wechat.EncodeCancel(p.Format, m), fault, func(packet []byte) (wechat.CancelReply, error) {
		r, err := wechat.DecodeCancelReply(p.Format, packet)
		if err != nil {
			return r, readFailed(err)
		}
		e := swapped(r.ToUserName, r.FromUserName, m.ToUserName, m.FromUserName)
		e.same("BizID", r.BizID, m.BizID)
		e.same("OrderID", r.OrderID, m.OrderID)
		e.same("WayBillID", r.WayBillID, m.WayBillID)
		return r, e.all()
	})
}

// PushAdd pushes an add_waybill and judges the answer. The number of an
// order that was taken must be the pushed one, or any where the push leaves it to
// the carrier.
func (p *Platform) PushAdd(ctx context.Context, m wechat.AddWaybill, fault Fault) (wechat.AddReply, PushResult, error) {
	return judged(ctx, p, wechat.EventAddWaybill, wechat.EncodeAddWaybill(p.Format, m), fault, func(packet []byte) (wechat.AddReply, error) {
		r, err := wechat.DecodeAddReply(p.Format, packet)
		if err != nil {
			return r, readFailed(err)
		}
		e := swapped(r.ToUserName, r.FromUserName, m.ToUserName, m.FromUserName)
		e.want(r.Token == m.Token, "Token of the reply is not the push's") // neither is shown: it is a key to the order
		e.same("OrderID", r.OrderID, m.OrderID)
		e.same("BizID", r.BizID, m.BizID)
		if r.ResultCode == 0 {
			e.number(r.WayBillID, m.WayBillID)
			_, err := ParseLabel(r.WaybillData)
			e = append(e, err)
		}
		return r, e.all()
	})
}

// PushCheckBiz pushes a check_biz and judges the answer.
func (p *Platform) PushCheckBiz(ctx context.Context, m wechat.CheckBiz, fault Fault) (wechat.QuotaReply, PushResult, error) {
	return p.pushQuota(ctx, m.Reply(0, "", 0), wechat.EncodeCheckBiz(p.Format, m), fault)
}

// PushGetQuota pushes a get_quota and judges the answer.
func (p *Platform) PushGetQuota(ctx context.Context, m wechat.GetQuota, fault Fault) (wechat.QuotaReply, PushResult, error) {
	return p.pushQuota(ctx, m.Reply(0, "", 0), wechat.EncodeGetQuota(p.Format, m), fault)
}

// pushQuota wants a reply that is like right but for result and quota.
func (p *Platform) pushQuota(ctx context.Context, right wechat.QuotaReply, packet []byte, fault Fault) (wechat.QuotaReply, PushResult, error) {
	return judged(ctx, p, right.Event, packet, fault, func(packet []byte) (wechat.QuotaReply, error) {
		r, err := wechat.DecodeQuotaReply(p.Format, right.Event, packet)
		if err != nil {
			return r, readFailed(err)
		}
		e := swapped(r.ToUserName, r.FromUserName, right.FromUserName, right.ToUserName)
		e.same("BizID", r.BizID, right.BizID)
		e.want(r.Quota >= 0, "Quota of the reply is %d; 0 says that nothing is left", r.Quota)
		return r, e.all()
	})
}

// judged pushes a packet and takes the first reply that read finds right. One right
// reply is enough: WeChat would have taken it.
func judged[R any](ctx context.Context, p *Platform, event string, packet []byte, fault Fault, read func(packet []byte) (R, error)) (R, PushResult, error) {
	var none R
	d, err := p.Push(ctx, packet, fault)
	if err != nil {
		return none, d, err
	}
	var errs error
	for _, a := range d.Answers {
		if a.Opened == nil {
			continue
		}
		err := isReply(event, a.Opened)
		if err == nil {
			var r R
			if r, err = read(a.Opened); err == nil {
				d.Reply = a.Opened
				return r, d, nil
			}
		}
		errs = errors.Join(errs, err)
	}
	return none, d, errs
}

// isReply tells a reply from the answers that are enough for other events.
func isReply(event string, packet []byte) error {
	if len(packet) > 0 && string(packet) != "success" {
		return nil
	}
	code := "ResultCode"
	if strings.HasPrefix(event, "transport_") {
		code = "resultcode"
	}
	return fmt.Errorf("the answer is %q, which is enough for events without a reply; %s needs a reply with a %s", packet, event, code)
}

func readFailed(err error) error { return fmt.Errorf("read the reply: %w", err) }

// replyErrors are what is wrong with a reply.
type replyErrors []error

// swapped begins with the names that every reply has. to and from are the push's.
func swapped(replyTo, replyFrom, to, from string) (e replyErrors) {
	e.same("ToUserName", replyTo, from)
	e.same("FromUserName", replyFrom, to)
	return e
}

func (e *replyErrors) same(name, got, want string) {
	e.want(got == want, "%s of the reply is %q, not %q", name, got, want)
}

// number wants the pushed number, or one that can be a number.
func (e *replyErrors) number(got, pushed string) {
	if pushed != CarrierGives {
		e.same("WayBillID", got, pushed)
		return
	}
	e.want(got != "" && got != CarrierGives && len(got) <= MaxID && !strings.ContainsFunc(got, Unprintable),
		"WayBillID of the reply is %q, and WeChat has given no number", got)
}

func (e *replyErrors) want(ok bool, format string, args ...any) {
	if !ok {
		*e = append(*e, fmt.Errorf(format, args...))
	}
}

func (e replyErrors) all() error { return errors.Join(e...) }
