// The text of the runs, as a terminal would show it. Draws only what was added or cut since the last time.

export class OutputView {
  #root;
  #transcript = null;
  #version = -1;
  #drawn = new Map(); // run → {block, heading, text, from, length}

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
    this.#forgetOldRuns();
    transcript.runs.forEach((run) => this.#drawRun(run));
    if (atEnd) {
      root.scrollTop = root.scrollHeight;
    }
  }

  #forgetOldRuns() {
    for (const [run, { block }] of this.#drawn) {
      if (!this.#transcript.runs.includes(run)) {
        block.remove();
        this.#drawn.delete(run);
      }
    }
  }

  #drawRun(run) {
    const drawn = this.#drawn.get(run) ?? this.#begin(run);
    const cut = run.cut - drawn.cut;
    if (cut > 0) {
      drawn.text.deleteData(0, Math.min(cut, drawn.text.length));
      drawn.cut = run.cut;
    }
    if (drawn.text.length < run.text.length) {
      drawn.text.appendData(run.text.slice(drawn.text.length));
    }
    const title = `${run.id || 'no run'}${run.title ? `  $ ${run.title}` : ''}`;
    if (drawn.title.textContent !== title) {
      drawn.title.textContent = title;
    }
    if (drawn.ending.textContent !== run.ending) {
      drawn.ending.textContent = run.ending;
      drawn.ending.className = run.failed ? 'ending alarm' : 'ending';
    }
  }

  #begin(run) {
    const block = document.createElement('article');
    const title = document.createElement('h3');
    const body = document.createElement('pre');
    const ending = document.createElement('p');
    const text = document.createTextNode('');
    body.append(text);
    block.append(title, body, ending);
    this.#root.append(block);
    const drawn = { block, title, text, ending, cut: run.cut };
    this.#drawn.set(run, drawn);
    return drawn;
  }
}
