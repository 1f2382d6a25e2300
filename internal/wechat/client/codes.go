package client

import "slices"

// Code is one of WeChat's, what it is worth, and what an operator does about it.
type Code struct {
	Number int
	Path   string // of the call that it is special to; empty: any
	Class  Class
	Words  string
}

// codes are those of the pages of our calls, of stable_token and of quotas. All others of
// 9305xx and 93005xx are Permanent, and the rest is Unknown.
var codes = []Code{
	{-1, "", Transient, "WeChat is busy: nothing is to be done"},
	{40001, "", Token, "WeChat refuses the access token: if this goes on, another program replaces tokens of this app id by force_refresh"},
	{40001, pathStableToken, Setup, "the AppSecret is not the app id's: put the one that the console shows into app_secret_file, and restart"},
	{40002, pathStableToken, Setup, "WeChat does not know the grant_type: check whether api_url leads to WeChat"},
	{40013, "", Setup, "WeChat does not know the app id: compare app_id with the console, upper and lower case too"},
	{40013, pathUpdateBusiness, Permanent, "the merchant's mini program (shop_app_id) does not exist"},
	{40014, "", Token, "WeChat refuses the access token: if this goes on, check whether api_url leads to WeChat"},
	{40066, "", Setup, "WeChat has no such call: check whether api_url leads to WeChat, without a path"},
	{40097, "", Permanent, "WeChat refuses an argument of this call"},
	{40125, "", Setup, "the AppSecret is wrong: put the one that the console shows into app_secret_file, and restart"},
	{40164, "", Setup, "this machine's address is not in the console's allow-list of addresses (IP白名单): add it; it holds after some minutes"},
	{40199, "", Permanent, "WeChat does not know the waybill: its booking never arrived there, or is of another account"},
	{40243, "", Setup, "the AppSecret is frozen: unfreeze it in the console"},
	{41001, "", Setup, "WeChat got no access token: check whether a proxy on the way drops the query"},
	{41002, "", Setup, "WeChat got no app id: check whether a proxy on the way drops the body"},
	{41004, "", Setup, "WeChat got no AppSecret: check whether a proxy on the way drops the body"},
	{42001, "", Token, "the access token has ended: if this goes on, look at the database's clock"},
	{43002, "", Setup, "WeChat got no POST: check whether a proxy on the way changes the method"},
	{44002, "", Setup, "WeChat got an empty body: check whether a proxy on the way drops it"},
	{45009, "", Daily, "the day's calls of this path are used up: `server wechat quota` shows them, `server wechat clear-quota` gives them anew"},
	{45011, "", Minute, "too many calls of this path in a minute: nothing is to be done"},
	{47001, "", Permanent, "WeChat cannot read this call: look for odd characters in its texts; if it says so of every call, a proxy on the way changes the body"},
	{48001, "", Setup, "the account may not make this call: WeChat allows it when it takes the carrier on"},
	{48004, "", Setup, "WeChat has banned this call for the account: the console says why"},
	{48006, pathClearQuota, Permanent, "the month's ten clear_quota are used up"},
	{50002, "", Setup, "the account is limited: the console says why"},
	{50004, "", Setup, "the account may not get access tokens: the console says why"},
	{50007, "", Setup, "the account is frozen: the console says why"},
	{61024, "", Setup, "the account belongs to a third-party platform, which alone gets its access tokens"},
	{76003, pathQuota, Permanent, "this is not how a path of WeChat's begins: write it from /cgi-bin/ on"},
	{76021, pathQuota, Permanent, "WeChat knows no such path: write it from /cgi-bin/ on"},
	{76022, pathQuota, Permanent, "this account may not read the quota of that path"},
	{89501, "", Setup, "this machine's address waits for the administrator of the account: have it confirmed in WeChat"},
	{89503, "", Setup, "the administrator of the account has to confirm this machine's address: have it confirmed in WeChat"},
	{89506, "", Setup, "the administrator has refused this machine's address twice: it may not call for 24 hours"},
	{89507, "", Setup, "the administrator has refused this machine's address: it may not call for an hour"},
	{930555, "", Transient, "WeChat has failed: nothing is to be done"},
	{930556, "", Transient, "WeChat got no answer of the carrier in time: if this goes on, look at the pushes"},
	{930557, "", Transient, "WeChat calls the carrier's system failed: if this goes on, look at the pushes"},
	{930558, "", Permanent, "WeChat calls the carrier's answer wrong: look at the pushes about the order"},
	{930559, "", Permanent, "the user of the order is not one of this mini program's"},
	{930560, "", Permanent, "the shop is not bound to the carrier at WeChat"},
	{930561, "", Permanent, "WeChat refuses an argument of this call"},
	{930562, "", Permanent, "WeChat has the order already"},
	{930563, "", Permanent, "WeChat does not know the order, or not under this waybill"},
	{930564, "", Daily, "WeChat has no quota left for this call: `server wechat quota` shows it"},
	{930565, "", Permanent, "the order has ended at WeChat, or was placed again since"},
	{9300501, "", Permanent, "WeChat calls the carrier's answer wrong: look at the pushes about the waybill"},
	{9300502, "", Permanent, "WeChat calls the carrier's data wrong: of a preview, compare waybill_data with what bookings were answered"},
	{9300503, "", Setup, "WeChat does not know the carrier's delivery_id: the account is not yet a carrier's"},
	{9300507, "", Permanent, "the Token is not the waybill's: check whether the waybill was booked for another account"},
	{9300512, "", Permanent, "the label's template is wrong: WeChat knows no such command in it, or it is not base64"},
	{9300525, "", Permanent, "the merchant has not applied for a review of this account"},
	{9300526, "", Permanent, "a text of this call is too long for WeChat"},
	{9300535, "", Permanent, "WeChat refuses what this call says of the shop"},
}

// Codes are all codes that this program knows, in the order of their numbers.
func Codes() []Code { return slices.Clone(codes) }
