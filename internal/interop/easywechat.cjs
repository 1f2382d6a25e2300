// Calls WeChat's paths at a URL with the SDK node-easywechat, as a merchant or a carrier does.
//
//   node easywechat.cjs FOLDER URL   with JSON on standard input: app, secret, stable, force, calls
//
// It prints the access token and what each call was answered, or why it failed.
const { createRequire } = require("module");
const fs = require("fs");

const [folder, baseURL] = process.argv.slice(2);
// Not the package's entry, which does not load beside node-socialite 1.5.3.
const MiniApp = createRequire(folder + "/")("node-easywechat/dist/MiniApp/Application");

// The SDK's own cache is a file of the working directory.
const tokens = new Map();
const cache = {
  get: async (key) => tokens.get(key),
  set: async (key, value) => tokens.set(key, value),
};

async function run({ app: id, secret, stable, force, calls }) {
  const app = new MiniApp({ app_id: id, secret, use_stable_access_token: stable, http: { baseURL } });
  app.setCache(cache);
  if (force) await app.getAccessToken().getStableAccessToken(true);
  const token = await app.getAccessToken().getToken();
  const answers = [];
  for (const { path, body } of calls) {
    answers.push((await app.getClient().postJson(path, body)).toObject(false));
  }
  return { token, answers };
}

run(JSON.parse(fs.readFileSync(0, "utf8")))
  .catch((err) => ({ failed: err.message }))
  .then((said) => process.stdout.write(JSON.stringify(said)));
