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

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Says on the console which tests were skipped and why, once for each class and reason. A
 * number alone does not tell what to install. Found by JUnit itself, in all modules.
 */
public final class SkippedTests implements TestExecutionListener {

	/**
	 * What a test prints to {@code System.out} goes to a file.
	 */
	private static final PrintStream console = new PrintStream(new FileOutputStream(FileDescriptor.err), true,
			StandardCharsets.UTF_8);

	private final Set<String> told = ConcurrentHashMap.newKeySet();

	@Override
	public void executionSkipped(TestIdentifier test, String reason) {
		tell(test, reason);
	}

	@Override
	public void executionFinished(TestIdentifier test, TestExecutionResult result) {
		if (result.getStatus() == Status.ABORTED) {
			tell(test, result.getThrowable().map(Throwable::getMessage).orElse("no reason given"));
		}
	}

	private void tell(TestIdentifier test, String message) {
		TestSource source = test.getSource().orElse(null);
		String type = (source instanceof MethodSource method) ? method.getClassName()
				: (source instanceof ClassSource all) ? all.getClassName() : test.getDisplayName();
		String name = (source instanceof MethodSource method) ? "." + method.getMethodName() : "";
		String reason = message.replaceFirst("^Assumption failed: ", "");
		if (this.told.add(type + reason)) {
			console.println("Skipped: " + type.substring(type.lastIndexOf('.') + 1) + name + ": " + reason);
		}
	}

}
