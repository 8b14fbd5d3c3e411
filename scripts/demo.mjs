// A few people and what they said, over the public interface: node scripts/demo.mjs <url>. Twice is as good as once.
const url = process.argv[2].replace(/\/\/(\*|\+|0\.0\.0\.0|\[::\])/, "//localhost").replace(/\/$/, "");
const password = "a demo, not a secret";

const talks = [
  {
    between: ["mia", "jonas"],
    said: [
      ["mia", "Hi Jonas, did the samples arrive?"],
      ["jonas", "This morning, all twelve. The blue one is the best so far."],
      ["mia", "I hoped so. Shall we show it on Thursday?"],
      ["jonas", "Yes. I will bring two of them."],
    ],
  },
  {
    between: ["mia", "lena"],
    said: [
      ["lena", "The train is late, start without me"],
      ["mia", "No problem, we keep you a seat"],
      ["lena", "🙏"],
    ],
  },
  {
    between: ["lena", "omar"],
    said: [["omar", "Lena, the printer asks for the final text until five."]],
  },
  {
    name: "Summer fair",
    between: ["mia", "jonas", "lena", "omar"],
    said: [
      ["mia", "Welcome everybody. Here we plan the summer fair."],
      ["omar", "I can do the tent and the electricity."],
      ["lena", "Posters are mine. First draft tomorrow."],
      ["jonas", "Then I ask the bakery again 🥐"],
      ["omar", "The field is booked, the second weekend of July."],
    ],
  },
];

const call = async (method, path, token, body) => {
  const response = await fetch(`${url}/api/${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = response.status === 204 ? null : await response.json();
  return { ok: response.ok, status: response.status, answer };
};

const must = async (...request) => {
  const { ok, status, answer } = await call(...request);
  if (!ok) {
    throw new Error(`${request[0]} /api/${request[1]} answered ${status}: ${JSON.stringify(answer)}`);
  }
  return answer;
};

const whenReady = async () => {
  for (let attempt = 0; attempt < 300; attempt++) {
    const ready = await fetch(`${url}/health/ready`).then((response) => response.ok, () => false);
    if (ready) {
      return;
    }
    await new Promise((resume) => setTimeout(resume, 200));
  }
  throw new Error(`${url} does not answer`);
};

const signIn = async (username) => {
  const registered = await call("POST", "auth/register", null, { email: `${username}@example.com`, username, password });
  return registered.status === 409 ? must("POST", "auth/login", null, { login: username, password }) : registered.answer;
};

// A direct conversation is found again by its pair, a group by its name.
const open = async ({ name, between }, people) => {
  const [opener, ...others] = between.map((username) => people.get(username));
  const participantIds = others.map((other) => other.user.id);
  const { items } = await must("GET", "conversations?limit=100", opener.accessToken);
  return (
    items.find((item) => name !== undefined && item.name === name) ??
    must("POST", "conversations", opener.accessToken, name === undefined ? { type: "direct", participantIds } : { type: "group", name, participantIds })
  );
};

const tell = async (talk, people) => {
  const { id } = await open(talk, people);
  for (const [index, [username, content]] of talk.said.entries()) {
    await must("POST", `conversations/${id}/messages`, people.get(username).accessToken, { clientMessageId: `demo-${index}`, content });
  }
};

try {
  await whenReady();
  const names = [...new Set(talks.flatMap((talk) => talk.between))];
  const people = new Map();
  for (const name of names) {
    people.set(name, await signIn(name));
  }
  for (const talk of talks) {
    await tell(talk, people);
  }
  console.log(`  Sign in at ${url} as ${names.slice(0, -1).join(", ")} or ${names.at(-1)}; password: ${password}\n`);
} catch (fault) {
  console.error(`demo: ${fault.message}`);
  process.exitCode = 1;
}
