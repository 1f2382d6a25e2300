// Runs a merchant's cloud function, which cancels orders, for the tests.
//
//   node cloud.cjs FOLDER URL FUNCTION [STAND-IN]   with the function's events on standard input
//
// It prints what the function returns for each. Without a stand-in the function gets
// wx-server-sdk, which calls Tencent's cloud and has no address to change: the one call
// that goes there calls WeChat's path at URL instead.
const { createRequire } = require("module");
const { execFileSync } = require("child_process");
const fs = require("fs");

const [folder, base, written, standIn] = process.argv.slice(2);
const required = createRequire(folder + "/");

// The stand-in calls it without await.
const post = (path, body) =>
  execFileSync("curl", ["-sS", "--cacert", process.env.NODE_EXTRA_CA_CERTS, "--data-binary", "@-", base + path], { input: body }).toString();

function realSDK() {
  const { Reader, Writer } = required("protobufjs/minimal");
  // fields are those of a protobuf message that have a length, without their numbers.
  const fields = (message) => {
    const reader = Reader.create(message), found = [];
    while (reader.pos < reader.len) {
      const type = reader.uint32() & 7;
      if (type === 2) found.push(reader.bytes());
      else reader.skipType(type);
    }
    return found;
  };
  async function callCompatibleWxOpenApi({ apiName, requestData }) {
    if (apiName !== "logistics.cancelOrder") throw new Error("no path is known for " + apiName);
    const [pairs] = fields(requestData);
    const members = fields(pairs).map(fields).map(([name, value]) => [Buffer.from(name), JSON.parse(Buffer.from(value))]);
    const answer = post("/cgi-bin/express/business/order/cancel?access_token=SANDBOX_TOKEN", JSON.stringify(Object.fromEntries(members)));
    return Buffer.from(Writer.create().uint32(10).bytes(Buffer.from(answer)).uint32(18).string("application/json").finish());
  }
  const tcb = required("@cloudbase/node-sdk");
  const init = tcb.init;
  const nobody = { env: "none", secretId: "none", secretKey: "none" };
  tcb.init = (config) => Object.assign(init({ ...config, ...nobody }), { callCompatibleWxOpenApi });
  return required("wx-server-sdk");
}

const sdk = standIn ? eval(fs.readFileSync(standIn, "utf8"))(post) : realSDK();
const merchants = {};
new Function("exports", "require", fs.readFileSync(written, "utf8"))(merchants, (name) => {
  if (name !== "wx-server-sdk") throw new Error("the function wants " + name);
  return sdk;
});
(async () => {
  const returned = [];
  for (const event of JSON.parse(fs.readFileSync(0, "utf8"))) {
    returned.push(await merchants.main(event, {}));
  }
  process.stdout.write(JSON.stringify(returned));
})();
