// The text of the runs, as a terminal would show it. Draws only what was added or cut since the last time.

export class OutputView {
  #root;
  #transcript = null;
  #version = -1;
  #drawn = new Map(); // part → {block, title, text, ending, cut}

  constructor(root) {
    this.#root = root;
  }

  draw(transcript) {
    if (transcript !== this.#transcript) {
      this.#transcript = transcript;
      this.#version = -1;
      this.#drawn.clear();
      this.#root.replaceChildren();
    }
    if (transcript.version === this.#version) {
      return;
    }
    this.#version = transcript.version;
    const root = this.#root;
    const atEnd = root.scrollHeight - root.scrollTop - root.clientHeight < 40;
    this.#forgetOldParts();
    transcript.parts.forEach((part) => this.#drawPart(part));
    if (atEnd) {
      root.scrollTop = root.scrollHeight;
    }
  }

  #forgetOldParts() {
    for (const [part, { block }] of this.#drawn) {
      if (!this.#transcript.parts.includes(part)) {
        block.remove();
        this.#drawn.delete(part);
      }
    }
  }

  #drawPart(part) {
    const drawn = this.#drawn.get(part) ?? this.#begin(part);
    const cut = part.cut - drawn.cut;
    if (cut > 0) {
      drawn.text.deleteData(0, Math.min(cut, drawn.text.length));
      drawn.cut = part.cut;
    }
    if (drawn.text.length < part.text.length) {
      drawn.text.appendData(part.text.slice(drawn.text.length));
    }
    const title = `${part.id || 'no run'} ${part.title}`;
    if (drawn.title.textContent !== title) {
      drawn.title.textContent = title;
    }
    if (drawn.ending.textContent !== part.ending) {
      drawn.ending.textContent = part.ending;
      drawn.ending.className = part.failed ? 'ending alarm' : 'ending';
    }
  }

  #begin(part) {
    const block = document.createElement('article');
    const title = document.createElement('h3');
    const body = document.createElement('pre');
    const ending = document.createElement('p');
    const text = document.createTextNode('');
    body.append(text);
    block.append(title, body, ending);
    this.#root.append(block);
    const drawn = { block, title, text, ending, cut: part.cut };
    this.#drawn.set(part, drawn);
    return drawn;
  }
}
