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

package io.github.lockfile;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;

/**
 * A program in another language, running all the while, so that its answer is of this
 * very moment.
 */
final class PythonPeer implements AutoCloseable {

	private static final String PROGRAM = """
			import fcntl, struct, sys
			held = {}
			for line in sys.stdin:
			    command, how, path = line.rstrip('\\n').split(' ', 2)
			    if command == 'release':
			        held.pop(how).close()
			        print('released', flush=True)
			        continue
			    try:
			        if how == 'zc.lockfile':
			            import zc.lockfile
			            held[how] = zc.lockfile.LockFile(path)
			        else:
			            file = open(path, 'r+b')
			            if how == 'flock':
			                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
			            elif how == 'lockf':
			                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
			            elif how == 'first-byte':
			                fcntl.fcntl(file, fcntl.F_SETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 1, 0))
			            else:
			                raise ValueError(how)
			            held[how] = file
			        print('taken', flush=True)
			    except Exception as ex:
			        print('refused ' + type(ex).__name__, flush=True)
			""";

	private final Process process;

	private final BufferedReader answers;

	private final BufferedWriter commands;

	PythonPeer() throws IOException {
		Assumptions.assumeTrue(Shell.succeeds("/usr/bin/python3", "--version"), "no /usr/bin/python3 to lock with");
		this.process = new ProcessBuilder("/usr/bin/python3", "-c", PROGRAM)
			// zc.lockfile logs there.
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		this.answers = this.process.inputReader(StandardCharsets.UTF_8);
		this.commands = this.process.outputWriter(StandardCharsets.UTF_8);
	}

	static void assumeHas(String how) {
		Assumptions.assumeTrue(
				!how.equals("zc.lockfile") || Shell.succeeds("/usr/bin/python3", "-c", "import zc.lockfile"),
				"python3-zc.lockfile is not installed");
	}

	boolean takes(String how, Path path) throws IOException {
		String answer = ask("take", how, path);
		if (answer.equals("taken")) {
			return true;
		}
		if (!answer.equals("refused BlockingIOError") && !answer.equals("refused LockError")) {
			throw new AssertionError(answer);
		}
		return false;
	}

	void releases(String how, Path path) throws IOException {
		if (!ask("release", how, path).equals("released")) {
			throw new AssertionError(how);
		}
	}

	long pid() {
		return this.process.pid();
	}

	private String ask(String command, String how, Path path) throws IOException {
		this.commands.write(command + " " + how + " " + path + "\n");
		this.commands.flush();
		return String.valueOf(this.answers.readLine());
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
