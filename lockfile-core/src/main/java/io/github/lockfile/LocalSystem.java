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
 * This process and this host, looked up once. The kernel is asked first, since loading
 * {@link ProcessHandle} takes half the time of the first acquire in a JVM.
 */
final class LocalSystem {

	static final String PID = pid();

	static final String HOST_NAME = hostName();

	private LocalSystem() {
	}

	/**
	 * Reads the line {@code NSpid} (proc(5)), whose last number is that of the process in
	 * its own PID namespace.
	 */
	private static String pid() {
		String status = read("/proc/self/status");
		int start = status.indexOf("\nNSpid:");
		String line = (start != -1) ? status.substring(start + 1, status.indexOf('\n', start + 1)) : "";
		return line.isEmpty() ? Long.toString(ProcessHandle.current().pid())
				: line.substring(line.lastIndexOf('\t') + 1);
	}

	private static String hostName() {
		String kernel = read("/proc/sys/kernel/hostname").strip();
		if (!kernel.isEmpty()) {
			return kernel;
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

	private static String read(String file) {
		try (InputStream in = new FileInputStream(file)) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			// Not Linux, or /proc is not mounted.
			return "";
		}
	}

}
