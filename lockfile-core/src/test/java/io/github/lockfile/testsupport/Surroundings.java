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

package io.github.lockfile.testsupport;

import java.nio.charset.Charset;

import org.junit.jupiter.api.Assumptions;

/**
 * What a test needs and not every machine has.
 */
public final class Surroundings {

	private Surroundings() {
	}

	/**
	 * Skips the test where no path and no argument can have a text.
	 * @param text the text
	 */
	public static void assumeEncodable(String text) {
		Assumptions.assumeTrue(Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder().canEncode(text),
				"the locale lacks a character");
	}

}
