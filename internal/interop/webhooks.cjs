// Signs and verifies webhooks with the package standardwebhooks, for the tests.
//
//   node webhooks.cjs FOLDER   with an array of webhooks on standard input
//
// It prints for each the signature that the package makes of it, and what it says of the
// headers that came with it, "" if they are right.
const { createRequire } = require("module");
const { Webhook } = createRequire(process.argv[2] + "/")("standardwebhooks");

const judged = JSON.parse(require("fs").readFileSync(0, "utf8")).map(({ secret, headers, body }) => {
  const webhook = new Webhook(secret);
  const text = Buffer.from(body, "base64").toString("utf8");
  const at = new Date(1000 * headers["webhook-timestamp"]);
  const signature = webhook.sign(headers["webhook-id"], at, text);
  try {
    webhook.verify(text, headers);
    return { signature, wrong: "" };
  } catch (e) {
    return { signature, wrong: e.message };
  }
});
process.stdout.write(JSON.stringify(judged));
