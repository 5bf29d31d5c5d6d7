// WeChat's and WeCom's envelope by node's own crypto, written from the documentation
// (path/90968): AES-256-CBC with the key's first 16 bytes as vector, PKCS#7 to 32 bytes, inside
// 16 random bytes, the length in 4, the words, and whom they are for. With the argument
// "package", the same by the package @wecom/crypto, which the WeCom team keeps.
const crypto = require('crypto');

const keyOf = (aes) => Buffer.from(aes + '=', 'base64');

function cipherWith(make, aes) {
  const key = keyOf(aes);
  return make('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
}

function encrypt(aes, words, id) {
  const text = Buffer.from(words, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const inside = Buffer.concat([crypto.randomBytes(16), length, text, Buffer.from(id)]);
  const missing = 32 - (inside.length % 32);
  const work = cipherWith(crypto.createCipheriv, aes);
  return Buffer.concat([work.update(Buffer.concat([inside, Buffer.alloc(missing, missing)])),
    work.final()]).toString('base64');
}

function decrypt(aes, sealed) {
  const work = cipherWith(crypto.createDecipheriv, aes);
  const padded = Buffer.concat([work.update(Buffer.from(sealed, 'base64')), work.final()]);
  const inside = padded.subarray(0, padded.length - padded[padded.length - 1]);
  const end = 20 + inside.readUInt32BE(16);
  return { message: inside.toString('utf8', 20, end), id: inside.toString('utf8', end) };
}

function getSignature(token, stamp, nonce, sealed) {
  const joined = [token, stamp, nonce, sealed].sort().join('');
  return crypto.createHash('sha1').update(joined).digest('hex');
}

const ours = { encrypt, decrypt, getSignature };
const partner = process.argv[2] === 'package' ? require('@wecom/crypto') : ours;
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const told = asked.map(({ key, id, token, stamp, nonce, theirs, words }) => {
  const opened = partner.decrypt(key, theirs);
  const sealed = partner.encrypt(key, words, id);
  return {
    message: opened.message, id: opened.id, sealed,
    theirs: partner.getSignature(token, stamp, nonce, theirs),
    signature: partner.getSignature(token, stamp, nonce, sealed),
  };
});
console.log(JSON.stringify(told));
