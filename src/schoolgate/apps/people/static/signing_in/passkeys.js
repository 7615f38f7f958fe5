// A form that a passkey fills: data-passkey="get" asks for one, "create" makes one. Without this file codes still work.
const options = document.getElementById("passkey-options");
const form = document.querySelector("form[data-passkey]");
const button = form?.querySelector("[data-passkey-button]");

if (options && button && globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON) {
  const kind = form.dataset.passkey;
  const parse = {
    get: (json) => PublicKeyCredential.parseRequestOptionsFromJSON(json),
    create: (json) => PublicKeyCredential.parseCreationOptionsFromJSON(json),
  }[kind];
  button.hidden = false;
  form.querySelector("[data-passkey-missing]")?.remove();
  button.addEventListener("click", async () => {
    try {
      const publicKey = parse(JSON.parse(options.textContent).publicKey);
      const credential = await navigator.credentials[kind]({ publicKey });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (problem) {
      // The person said no, or the device did: the page stays as it is.
      if (!(problem instanceof DOMException)) throw problem;
    }
  });
}
