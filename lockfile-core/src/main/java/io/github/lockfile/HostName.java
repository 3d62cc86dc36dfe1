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

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/**
 * The name of this host, looked up once.
 */
final class HostName {

	private static final String KERNEL = "/proc/sys/kernel/hostname";

	private static final String VALUE = lookup();

	private HostName() {
	}

	static String get() {
		return VALUE;
	}

	private static String lookup() {
		try (InputStream in = new FileInputStream(KERNEL)) {
			String kernel = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
			if (!kernel.isEmpty()) {
				return kernel;
			}
		}
		catch (IOException ex) {
			// Not Linux, or /proc is not mounted: ask elsewhere.
		}
		for (String variable : new String[] { "HOSTNAME", "COMPUTERNAME" }) {
			String value = System.getenv(variable);
			if (value != null && !value.isBlank()) {
				return value.strip();
			}
		}
		try {
			return InetAddress.getLocalHost().getHostName();
		}
		catch (UnknownHostException ex) {
			return "unknown-host";
		}
	}

}
