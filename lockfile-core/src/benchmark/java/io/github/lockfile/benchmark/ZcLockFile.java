/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Python's {@code zc.lockfile}, where this machine has it.
 */
final class ZcLockFile {

	private static final List<String> INTERPRETERS = List.of("/usr/bin/python3", "python3");

	private final List<Double> acquire = new ArrayList<>();

	private final List<Double> refused = new ArrayList<>();

	/**
	 * Runs one round in a new interpreter.
	 */
	void run() throws IOException, InterruptedException {
		for (String interpreter : INTERPRETERS) {
			if (run(interpreter)) {
				return;
			}
		}
	}

	private boolean run(String interpreter) throws IOException, InterruptedException {
		try (ScratchDirectory scratch = new ScratchDirectory()) {
			Path script = scratch.path().resolve("zc_lockfile.py");
			try (InputStream in = ZcLockFile.class.getResourceAsStream("/zc_lockfile.py")) {
				Files.copy(Objects.requireNonNull(in), script);
			}
			Process process;
			try {
				process = new ProcessBuilder(interpreter, "-B", script.toString(), scratch.lockFile().toString())
					.redirectError(ProcessBuilder.Redirect.DISCARD)
					.start();
			}
			catch (IOException ex) {
				return false;
			}
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			if (process.waitFor() != 0) {
				return false;
			}
			for (String line : output.lines().toList()) {
				String[] figure = line.split(" ");
				(figure[0].equals("acquire") ? this.acquire : this.refused).add(Double.valueOf(figure[1]));
			}
			return true;
		}
	}

	Sample acquire() {
		return new Sample(this.acquire);
	}

	Sample refused() {
		return new Sample(this.refused);
	}

}
