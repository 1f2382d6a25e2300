// Seals, opens and signs with the library @wecom/crypto, for the tests.
//
//   node envelope.cjs FOLDER seal|open|sign   with JSON on standard input
const { createRequire } = require("module");
const fs = require("fs");

const [folder, what] = process.argv.slice(2);
const wecom = createRequire(folder + "/")("@wecom/crypto");
const given = JSON.parse(fs.readFileSync(0, "utf8"));
const does = {
  seal: () => wecom.encrypt(given.key, given.packet, given.id),
  open: () => wecom.decrypt(given.key, given.encrypt),
  sign: () => wecom.getSignature(given.token, given.timestamp, given.nonce, given.encrypt),
};
process.stdout.write(JSON.stringify(does[what]()));
