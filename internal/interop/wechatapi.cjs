// Calls WeChat's paths at a URL with the SDK wechat-api, as a carrier does.
//
//   node wechatapi.cjs FOLDER URL   with JSON on standard input: app, secret, calls
//
// It prints what each call was answered, or why it failed. The SDK has no stable tokens.
const { createRequire } = require("module");
const fs = require("fs");

const [folder, base] = process.argv.slice(2);
const required = createRequire(folder + "/");
const API = required("wechat-api");
const { make, postJSON, wrapper } = required("wechat-api/lib/util");

// What the SDK lacks is added as it adds its own.
make(API.prototype, "post", function (path, body, callback) {
  this.request(this.endpoint + path + "?access_token=" + this.token.accessToken, postJSON(body), wrapper(callback));
});

async function run({ app, secret, calls }) {
  const api = new API(app, secret);
  api.setEndpoint(new URL(base).host);
  const answers = [];
  for (const { path, body } of calls) {
    answers.push(await new Promise((resolve, reject) => {
      const answered = (err, answer) => {
        if (!err) resolve(answer);
        else if (err.code) resolve({ errcode: err.code, errmsg: err.message });
        else reject(err);
      };
      if (path === "/cgi-bin/clear_quota") api.clearQuota(app, answered);
      else api.post(path, body, answered);
    }));
  }
  return { answers };
}

run(JSON.parse(fs.readFileSync(0, "utf8")))
  .catch((err) => ({ failed: err.message }))
  .then((said) => process.stdout.write(JSON.stringify(said)));
