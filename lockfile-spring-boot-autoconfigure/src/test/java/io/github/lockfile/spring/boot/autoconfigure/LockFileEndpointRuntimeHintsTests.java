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

package io.github.lockfile.spring.boot.autoconfigure;

import io.github.lockfile.spring.boot.actuate.ClusterLockDescriptor;
import io.github.lockfile.spring.boot.actuate.LockFileEndpoint;
import io.github.lockfile.spring.boot.actuate.LockFileEndpoint.LockFileDescriptor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigUtils;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.javapoet.ClassName;
import org.springframework.test.context.support.TestPropertySourceUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What AOT processing asks a native image to keep.
 */
class LockFileEndpointRuntimeHintsTests {

	private static RuntimeHints hints;

	@BeforeAll
	static void process() {
		GenericApplicationContext context = new GenericApplicationContext();
		AnnotationConfigUtils.registerAnnotationConfigProcessors(context);
		TestPropertySourceUtils.addInlinedPropertiesToEnvironment(context,
				"management.endpoints.jmx.exposure.include=lockfile", "spring.jmx.enabled=true");
		context.registerBean(EndpointAutoConfiguration.class);
		context.registerBean(LockFileAutoConfiguration.class);
		context.registerBean(LockFileEndpointAutoConfiguration.class);
		GenerationContext generation = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get(LockFileEndpointRuntimeHintsTests.class)),
				new InMemoryGeneratedFiles());
		new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
		hints = generation.getRuntimeHints();
	}

	@Test
	void theEndpointCanBeInvokedAndWrittenAsJson() throws Exception {
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(LockFileEndpoint.class.getDeclaredMethod("lockFile"))).accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(LockFileDescriptor.class.getDeclaredMethod("getAcquiredAt"))).accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(ClusterLockDescriptor.class.getDeclaredMethod("status"))).accepts(hints);
	}

}
