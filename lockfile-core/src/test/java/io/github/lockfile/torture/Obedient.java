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

package io.github.lockfile.torture;

import java.io.IOException;

/**
 * Answers commands that come line by line from the standard input. After {@code go} it
 * takes one step after the other until the next command.
 */
interface Obedient {

	void step() throws IOException;

	String answer(String command) throws IOException;

	/**
	 * Obeys until the standard input ends.
	 */
	default void obey() throws IOException {
		boolean going = false;
		while (true) {
			while (going && System.in.available() == 0) {
				step();
			}
			StringBuilder line = new StringBuilder();
			int c = System.in.read();
			for (; c >= 0 && c != '\n'; c = System.in.read()) {
				line.append((char) c);
			}
			if (c < 0) {
				return;
			}
			String command = line.toString();
			going = command.equals("go");
			System.out.println(answer(command));
		}
	}

}
